/** The version of this release, as CHANGELOG.md, the package and the operator's page have it. */
export const RELEASE = '0.2.0';
