"""The texts that people read, in Ukrainian, Russian and English: reasons, refusals, statuses, events and letters.

Laws:

1. Every text for people is in these catalogues, under the code that a rule gives. Rules hold no texts. Home of N3.
2. A text depends only on the codes, ids and values that the caller gives, so the same call always gives the same text.
3. Instants are shown in the project's zone (T1), amounts in their own currency, both as the language writes them.
4. A value from the host is shown as one line of plain text, whatever it contains.
"""

from kwiga_orders.locale.catalogue import LOCALES, locale_of
from kwiga_orders.locale.letters import LetterFacts, LetterText
from kwiga_orders.locale.problems import Problem, problem_of
from kwiga_orders.locale.texts import Texts

__all__ = ["LOCALES", "LetterFacts", "LetterText", "Problem", "Texts", "locale_of", "problem_of"]
