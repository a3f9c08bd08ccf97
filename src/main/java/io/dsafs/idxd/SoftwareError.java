package io.dsafs.idxd;

import io.dsafs.spec.SwErr;
import java.util.Locale;

/** The four 64-bit words of a SWERR register. Mirrors union sw_err_reg. */
public record SoftwareError(long word0, long word1, long word2, long word3) {
  public static final SoftwareError NONE = new SoftwareError(0, 0, 0, 0);

  public boolean valid() {
    return SwErr.VALID.isSet(word0);
  }

  public boolean wqIndexValid() {
    return SwErr.WQ_IDX_VALID.isSet(word0);
  }

  public boolean descriptorValid() {
    return SwErr.DESC_VALID.isSet(word0);
  }

  public int wqIndex() {
    return SwErr.WQ_IDX.getInt(word0);
  }

  public long faultAddress() {
    return word2;
  }

  /** As the {@code errors} attribute prints it. */
  public String text() {
    return String.format(
        Locale.ROOT, "0x%016x 0x%016x 0x%016x 0x%016x\n", word0, word1, word2, word3);
  }
}
