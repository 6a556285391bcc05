// A page that logs in, for clients that know none of the ways to.
// https://spec.matrix.org/v1.19/client-server-api/#login-fallback
import * as v from 'valibot';
import type { Endpoint } from '../endpoint.ts';
import { pageReply } from '../page.ts';

/** What the client put into the query goes to `/login` from here; the server that sends the page does not read it. */
const SCRIPT = `
"use strict";
const form = document.querySelector("form");
const said = document.querySelector("[role=alert]");
form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const query = new URLSearchParams(location.search);
    const request = {
        type: "m.login.password",
        identifier: { type: "m.id.user", user: form.elements.user.value },
        password: form.elements.password.value,
    };
    for (const name of ["device_id", "initial_device_display_name"])
        if (query.has(name)) request[name] = query.get(name);
    if (query.get("refresh_token") === "true") request.refresh_token = true;
    said.textContent = "";
    try {
        const answer = await window.fetch("/_matrix/client/v3/login", { method: "POST", body: JSON.stringify(request) });
        const response = await answer.json();
        if (!answer.ok) {
            said.textContent = response.error || "That did not work.";
            return;
        }
        form.hidden = true;
        if (window.matrixLogin && window.matrixLogin.onLogin) window.matrixLogin.onLogin(response);
        else said.textContent = "Your client does not listen: it must show this page itself.";
    } catch {
        said.textContent = "The server could not be reached.";
    }
});
`;
const PAGE = pageReply({
  title: 'Log in',
  body: `<p role="alert"></p><form>
<label>User name <input name="user" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button></form>`,
  script: SCRIPT,
});

export const loginFallback: Endpoint = {
  operationId: 'loginFallback',
  method: 'GET',
  path: '/_matrix/static/client/login/',
  auth: 'none',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#login-fallback',
  answer: v.string(),
  async handle() {
    return PAGE;
  },
};
