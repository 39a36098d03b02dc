/**
 * Put in front of a script: promises that are rejected and caught by nobody are logged, by console.log. workerd itself says nothing of them,
 * where Cloudflare counts them as exceptions.
 */
export const TELLS_REJECTIONS = `addEventListener('unhandledrejection', (event) => {
  console.log('unhandled rejection: ' + (event.reason?.stack ?? event.reason));
});
`;
