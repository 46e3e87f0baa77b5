import { MillraceProvider } from '@millrace/react';
import '@millrace/react/components.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Shop } from './shop.jsx';
import './page.css';

/** A real page asks its server; here the token is in the address, behind `#token=`. */
const token = () => new URLSearchParams(location.hash.slice(1)).get('token');

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <MillraceProvider token={token}>
      <Shop />
    </MillraceProvider>
  </StrictMode>,
);
