package io.dsafs.idxd.mainline;

import io.dsafs.testing.ArabicDigits;

/** Files and errnos are the same in every locale. */
@ArabicDigits
class MainlineInArabicDigitsTest extends MainlineConformanceTest {}
