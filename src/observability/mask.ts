import { maskTokens } from '../core/token-mask.ts';

const unsafe = /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

/**
 * Makes text fit for a log: whatever looks like a token keeps its prefix and kind alone, and characters that a
 * terminal obeys are written as `\uXXXX`. JSON does the same for the controls below U+0020.
 */
export function maskText(text: string): string {
  return maskTokens(text).replace(unsafe, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
