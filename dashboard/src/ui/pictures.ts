/** After the next picture, or soon when a hidden page draws none. */
export const afterPicture = (): Promise<void> => new Promise((resolve) => (document.hidden ? setTimeout(resolve) : requestAnimationFrame(() => setTimeout(resolve))));
