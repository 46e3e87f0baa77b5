/** What a spreadsheet takes for the beginning of a formula, behind anything that it may overlook. */
const FORMULA = /^[\s\p{C}\p{Z}]*[=+\-@|%＝＋－＠]/u;

/**
 * One line of a CSV file (RFC 4180). Numbers are written plainly; texts are quoted, and one that a spreadsheet would take
 * for a formula begins with an apostrophe.
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
  return typeof value === 'number' ? plain(value) : `"${(FORMULA.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;
}

/** Two decimals, or as many as it takes, and never an exponent where a shop's amounts are. */
function plain(number) {
  const cents = number.toFixed(2);
  return Number(cents) === number ? cents : String(number);
}
