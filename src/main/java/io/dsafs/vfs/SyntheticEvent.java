package io.dsafs.vfs;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is written to a {@code uevent} file: an action, and perhaps a UUID with KEY=VALUE arguments.
 *
 * <p>Source: kobject_synth_uevent() in lib/kobject_uevent.c;
 * Documentation/ABI/testing/sysfs-uevent.
 */
final class SyntheticEvent {
  /** The kernel's isalnum(), which knows ISO-8859-1. */
  private static final String WORD = "[0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]+";

  private static final String UUID =
      "\\p{XDigit}{8}-\\p{XDigit}{4}-\\p{XDigit}{4}-\\p{XDigit}{4}-\\p{XDigit}{12}";

  private static final Pattern FORM =
      Pattern.compile(
          "(add|remove|change|move|online|offline|bind|unbind)"
              + String.format("( %s( %s=%s)*)?\n?", UUID, WORD, WORD));

  private SyntheticEvent() {}

  /** The action of a write. EINVAL: no such action, or arguments of another form. */
  static String action(String text) throws ErrnoException {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new ErrnoException(Errno.EINVAL, "no event: " + text.strip());
    }
    return parts.group(1);
  }
}
