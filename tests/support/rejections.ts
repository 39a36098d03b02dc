/**
 * Prepended to a script: logs unhandled promise rejections with console.log. workerd itself does not report them, while
 * Cloudflare counts them as exceptions.
 */
export const TELLS_REJECTIONS = `addEventListener('unhandledrejection', (event) => {
  console.log('unhandled rejection: ' + (event.reason?.stack ?? event.reason));
});
`;
