import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });

/** A page and everything it did that a page of ours must not do. */
export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: string[];
}

/**
 * A fresh profile at the address, with an eye on errors, policy violations and requests to anyone else.
 * @param before What is done to the page before it goes there.
 */
export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}, before?: (page: Page) => Promise<unknown>): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (fault) => complaints.push(`exception: ${fault.message}`));
  page.on('request', (request) => {
    const target = new URL(request.url());
    if (target.protocol !== 'data:' && target.host !== new URL(url).host) complaints.push(`third party: ${target.href}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await before?.(page);
  await page.goto(url);
  return { page, context, complaints };
}

/** Live: the first frames of the socket are on the screen. */
export const untilLive = (page: Page): Promise<unknown> => page.waitForSelector('main[data-connection="live"]', { timeout: 15_000 });

/** The row of an event, by words in it. */
export const row = (page: Page, words: string) => page.locator('.events > li', { hasText: words });

export const filter = (page: Page, name: string) => page.locator(`[data-filter="${name}"]`);

export const overflow = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
