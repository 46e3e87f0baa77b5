import { createElement } from 'react';
import { classes } from './classes.js';
import { usePresence } from './hooks.js';

/** How many customers are connected now; a dash until it is known. */
export function LiveCustomerCount({
  stream = 'customers',
  join = 'customer:online',
  leave = 'customer:offline',
  user = 'customerId',
  label = 'customers online',
  locale,
  className,
  ...others
}) {
  const { count, error } = usePresence({ stream, join, leave, user });
  const figure = createElement('data', { className: 'millrace-figure', value: count }, count === undefined ? '–' : new Intl.NumberFormat(locale).format(count));
  const properties = { ...others, className: classes('millrace-count', className), title: error?.message };
  return createElement('span', properties, figure, ' ', createElement('span', { className: 'millrace-label' }, label));
}
