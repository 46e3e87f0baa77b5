/** What a request was refused with: the server's stable code, or one of the client's own (`offline`, `closed`, `full`). */
export class Refusal extends Error {
  /** @param {{code: string, message: string, retryAfter?: number, details?: unknown}} error */
  constructor({ code, message, retryAfter, details }) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.retryAfter = retryAfter;
    this.details = details;
  }
}
