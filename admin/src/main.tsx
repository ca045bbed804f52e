import { render } from 'preact';
import { Client } from './api/client.ts';
import { App } from './app.tsx';
import './style.css';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no place for the console');
render(<App client={new Client()} />, root);
