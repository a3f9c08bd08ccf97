package io.dsafs.hw;

import io.dsafs.spec.GenCtrl;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.Status;
import io.dsafs.spec.SwErr;

/**
 * SWERROR: keeps the first error until software clears it; later ones only set overflow. All
 * methods are called with the device lock held. Source: hardware reference section 2.7.
 */
final class SoftwareErrors {
  private static final int FAULT_ADDRESS_WORD = 2;

  private final Bank register;
  private final Bank control;
  private final InterruptUnit interrupts;

  private long count;
  private int lastCode;

  SoftwareErrors(Bank register, Bank control, InterruptUnit interrupts) {
    this.register = register;
    this.control = control;
    this.interrupts = interrupts;
  }

  /** The four words of the register, as software would read them. */
  long[] words() {
    long[] words = new long[register.layout().words()];
    for (int word = 0; word < words.length; word++) {
      words[word] = register.visibleWord(0, word);
    }
    return words;
  }

  /** How many errors there have been since the device was made, those not kept included. */
  long count() {
    return count;
  }

  /** The code of the last of them, kept or not; 0 if there was none. */
  int lastCode() {
    return lastCode;
  }

  /** Records an error that belongs to no descriptor. */
  void record(Status code) {
    record(SwErr.ERROR.with(0, code.code()), 0, 0);
  }

  /**
   * Records an error.
   *
   * @param word0 the first word of the register; valid and overflow are the register's own
   * @param word1 batch index and error information
   */
  void record(long word0, long word1, long faultAddress) {
    count++;
    lastCode = SwErr.ERROR.getInt(word0);
    if (register.isSet(0, SwErr.VALID)) {
      register.set(SwErr.OVERFLOW, 1);
      return;
    }
    register.setWord(0, 0, SwErr.OVERFLOW.with(SwErr.VALID.with(word0, 1), 0));
    register.setWord(0, 1, word1);
    register.setWord(0, FAULT_ADDRESS_WORD, faultAddress);
    if (control.isSet(0, GenCtrl.SOFTERR_INT_EN)) {
      interrupts.raise(IntCause.SOFTERR);
    }
  }
}
