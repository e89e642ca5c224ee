import { errorColors } from './output.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEAR_LINE = '\r\u001b[2K';
const REDRAW_MS = 200;

/** Standard error as a place for lines and, on a terminal, one last line that shows that something is going on. */
export class Screen {
  private status = '';
  private frame = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly afterLine: () => void;

  /** `afterLine` puts back what stood in the last line and is not ours: a prompt. */
  constructor(afterLine: () => void) {
    this.afterLine = afterLine;
  }

  line(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
    process.stderr.write(`${text}\n`);
    this.draw();
    this.afterLine();
  }

  /** Shows what is going on, on a terminal; nothing elsewhere. An empty text ends it. */
  show(status: string): void {
    if (!process.stderr.isTTY) return;
    this.clear();
    this.status = status;
    this.draw();
    clearInterval(this.timer);
    if (status !== '') this.spin();
  }

  private spin(): void {
    this.timer = setInterval(() => {
      this.frame += 1;
      this.clear();
      this.draw();
    }, REDRAW_MS);
    this.timer.unref();
  }

  private clear(): void {
    if (this.status !== '') process.stderr.write(CLEAR_LINE);
  }

  private draw(): void {
    if (this.status === '') return;
    const width = (process.stderr.columns || 80) - 3;
    const frame = errorColors.cyan(FRAMES[this.frame % FRAMES.length] ?? '');
    process.stderr.write(`${frame} ${this.status.slice(0, width)}`);
  }
}
