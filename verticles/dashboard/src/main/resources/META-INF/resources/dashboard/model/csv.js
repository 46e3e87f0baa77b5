/**
 * Where a spreadsheet may take what follows, behind anything that it may overlook, for a formula: at the beginning of a text, and
 * within it where a spreadsheet that separates by other than commas begins a cell.
 */
const FORMULA = /(^|[;\t\r\n]+)(?=["\s\p{C}\p{Z}]*[=+\-@|%＝＋－＠])/gu;

/**
 * One line of a CSV file (RFC 4180). Numbers are written plainly; texts are quoted, and what a spreadsheet would
 * take for a formula begins with an apostrophe.
 *
 * @param {(string | number | undefined)[]} cells
 */
export function csvLine(cells) {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value) {
  if (value === undefined) {
    return '';
  }
  return typeof value === 'number' ? plain(value) : `"${value.replace(FORMULA, "$1'").replaceAll('"', '""')}"`;
}

/** Two decimals, or as many as it takes, and never an exponent where a shop's amounts are. */
function plain(number) {
  const cents = number.toFixed(2);
  return Number(cents) === number ? cents : String(number);
}
