import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The page and Millrace's API are one origin to the browser, as behind the proxy of a shop.
const proxy = { '/api': { target: process.env.MILLRACE ?? 'http://127.0.0.1:8080', ws: true } };

export default defineConfig({ plugins: [react()], server: { proxy }, preview: { proxy } });
