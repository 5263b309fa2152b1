/** The way in: a token in the address signs in at once and leaves the address, or it is typed. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ProblemError } from "@kwiga-orders/client";
import { TextField } from "../parts/fields.tsx";
import { forgetAnswers } from "../state/asking.ts";
import { route } from "../state/route.ts";
import { chosenLocale, keptToken, signIn } from "../state/school.ts";
import { loadWords, type Words } from "../words/index.ts";

export function SignInPage(): JSX.Element {
  const [token, setToken] = useState("");
  const [words, setWords] = useState<Words | null>(null);
  const [wrong, setWrong] = useState<ProblemError | null>(null);
  const [place, second] = route.value.parts;
  const isLearner = place === "mine";
  // of any other place the second part is an id: whoever loads a card anew is not asked to sign in with its number
  const secret = isLearner || place === "sign-in" ? second : undefined;

  const enter = async (chosen: string): Promise<void> => {
    try {
      forgetAnswers();
      await signIn(chosen);
      // out of the address: it would stay in the history of the browser, and on a screen that is shared;
      // any other address is where somebody wants to go, such as a list with its filters that is loaded anew
      if (secret !== undefined) location.replace("#/");
    } catch (error) {
      if (error instanceof ProblemError) setWrong(error);
      setWords(await loadWords(chosenLocale()));
    }
  };
  useEffect(() => {
    const known = secret ?? keptToken();
    if (known !== null) void enter(known);
    else void loadWords(chosenLocale()).then(setWords);
  }, [secret]);

  if (words === null) return <main class="door" aria-busy="true" />;
  if (isLearner && wrong !== null)
    return (
      <main class="door">
        <h1>{words.linkEnded}</h1>
      </main>
    );
  return (
    <main class="door">
      <form onSubmit={(event) => (event.preventDefault(), void enter(token))}>
        <h1>{words.signIn}</h1>
        <TextField
          label={words.token}
          type="password"
          value={token}
          onValue={setToken}
          hint={words.tokenHint}
          required
        />
        {wrong === null ? null : (
          <p class="failed" role="alert">
            {wrong.code === "token.unknown" ? words.tokenWrong : words.notReached}
          </p>
        )}
        <button class="button primary">{words.signIn}</button>
      </form>
    </main>
  );
}
