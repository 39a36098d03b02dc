/** Gives the configuration back: it is there for editors, which complete and check what is written in it. */
export const defineConfig = (config) => config;
