"""What people read, in Ukrainian, Russian and English: reasons, refusals, statuses, events and letters.

Laws:

1. Every text for people is in the catalogues here, keyed by a code of the rules; the rules hold none. Home of N3.
2. Texts are made of codes, ids and values that the caller hands in; the same ones give the same text everywhere.
3. Instants are shown in the project's zone (T1), amounts in their own currency, both as the language writes them.
4. A value of the host is shown as one line of plain text, whatever is in it.
"""

from kwiga_orders.locale.catalogue import LOCALES, locale_of
from kwiga_orders.locale.letters import LetterFacts, LetterText
from kwiga_orders.locale.problems import Problem, problem_of
from kwiga_orders.locale.texts import Texts

__all__ = ["LOCALES", "LetterFacts", "LetterText", "Problem", "Texts", "locale_of", "problem_of"]
