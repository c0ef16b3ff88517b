export const log = (text) => console.log(`${new Date().toISOString()} ${text}`);
