/** The repository's format, for everything that is generated. */
import { format as formatWith } from 'oxfmt';
import style from '../.oxfmtrc.json' with { type: 'json' };

/** `file` gives the language: only its ending matters. */
export async function format(file: string, text: string): Promise<string> {
  const { code, errors } = await formatWith(file, text, style);
  if (errors[0]) throw new Error(`Cannot format ${file}: ${errors[0].message}`);
  return code;
}
