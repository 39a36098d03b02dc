/** The version of this release, the same as in CHANGELOG.md, the package and the operator's page. */
export const RELEASE = '0.2.0';
