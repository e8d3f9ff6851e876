"""The languages of pages and letters: sentences that know how to be translated, and the catalogues that translate them.

English is what stands in the code. `sentences` has what every floor may use, `catalogues` what the doors read.
"""

from service.language.sentences import Sentence, _, n_, p_, said

__all__ = ["Sentence", "_", "n_", "p_", "said"]
