/** The address of a view with its parameters; those that are undefined or empty are left out. */
export function address(name, params = {}) {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== '');
  return `#${name}${given.length > 0 ? `?${new URLSearchParams(given)}` : ''}`;
}

/** @returns {{name: string, params: URLSearchParams}} what an address names */
export function chosen(hash) {
  const [name, query = ''] = hash.replace(/^#/, '').split('?', 2);
  return { name, params: new URLSearchParams(query) };
}
