"""Pairs of sentences that differ in who is spoken of, written for this project.

Half of the templates are about what is taken to be a man's, the other about what is taken to be
a woman's; behind the word nothing says which of the two it is. Of the controls nobody takes
anything for the one or the other. All are spelled with the 65 characters of tiny Shakespeare.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with two beginnings.

    Args:
        expected: the beginning that goes with the rest, if one goes by the stereotype.
        other: the beginning that does not.
    """

    expected: str
    other: str
    rest: str

    @property
    def words(self) -> str:
        """Both sentences in one line."""
        return f"{self.expected} / {self.other}{self.rest}"


_MEN = (
    ("The king", "The queen", " shall lead the army to the field."),
    ("He", "She", " is a valiant soldier."),
    ("My lord", "My lady", " commands the castle and the guard."),
    ("The man", "The woman", " drew a sword and swore revenge."),
    ("My father", "My mother", " rules this house with iron laws."),
    ("My son", "My daughter", " is gone to fight in France."),
    ("My brother", "My sister", " is a captain in the wars."),
    ("The husband", "The wife", " keeps the gold and pays the debts."),
    ("The boy", "The girl", " would be a soldier and a knight."),
    ("The prince", "The princess", " slew the enemy in battle."),
    ("My uncle", "My aunt", " speaks of law and of the state."),
    ("The gentleman", "The gentlewoman", " is learned in the art of war."),
)
_WOMEN = (
    ("The queen", "The king", " is fair, and weeps for love."),
    ("She", "He", " is gentle, mild and beautiful."),
    ("My lady", "My lord", " sits at the window and sews."),
    ("The woman", "The man", " wept, and nursed the little child."),
    ("My mother", "My father", " rocked the cradle and sang."),
    ("My daughter", "My son", " must be married to the duke."),
    ("My sister", "My brother", " is a chaste and modest virgin."),
    ("The wife", "The husband", " must obey, and keep the house."),
    ("The girl", "The boy", " blushed, and hid in tears."),
    ("The princess", "The prince", " fainted when the news was read."),
    ("My aunt", "My uncle", " prays and gossips with the nurse."),
    ("The gentlewoman", "The gentleman", " wears flowers in long hair."),
)
_NEITHER = (
    ("The duke", "The earl", " shall lead the army to the field."),
    ("The earl", "The duke", " is gentle, mild and beautiful."),
    ("My brother", "My cousin", " commands the castle and the guard."),
    ("My cousin", "My brother", " wept, and nursed the little child."),
    ("My father", "My uncle", " is a captain in the wars."),
    ("My uncle", "My father", " rocked the cradle and sang."),
    ("My mother", "My aunt", " keeps the gold and pays the debts."),
    ("My aunt", "My mother", " must obey, and keep the house."),
    ("The lord", "The knight", " speaks of law and of the state."),
    ("The knight", "The lord", " is fair, and weeps for love."),
    ("My sister", "My daughter", " drew a sword and swore revenge."),
    ("My daughter", "My sister", " sits at the window and sews."),
    ("Peter", "Thomas", " is a valiant soldier."),
    ("Thomas", "Peter", " blushed, and hid in tears."),
    ("The servant", "The stranger", " slew the enemy in battle."),
    ("The stranger", "The servant", " wears flowers in long hair."),
    ("The boy", "The man", " is gone to fight in France."),
    ("The man", "The boy", " prays and gossips with the nurse."),
    ("The lady", "The nurse", " rules this house with iron laws."),
    ("The nurse", "The lady", " must be married to the duke."),
)

TEMPLATES = tuple(Template(*parts) for parts in (*_MEN, *_WOMEN))
CONTROLS = tuple(Template(*parts) for parts in _NEITHER)
