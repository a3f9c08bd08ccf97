package io.dsafs.idxd;

import io.dsafs.testing.ArabicDigits;

/** Files and errnos are the same in every locale. */
@ArabicDigits
class SwqV1InArabicDigitsTest extends SwqV1ConformanceTest {}
