export { jsonText, plain } from '../policy/plain-text.ts';
