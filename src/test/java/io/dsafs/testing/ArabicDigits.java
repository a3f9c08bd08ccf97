package io.dsafs.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Locale;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests under a default locale whose numbers have other digits than ASCII's. */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ArabicDigits.Locales.class)
public @interface ArabicDigits {
  /** Egypt's. */
  Locale LOCALE = Locale.forLanguageTag("ar-EG-u-nu-arab");

  /** Puts the default locale in place for a test, and back. */
  final class Locales implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace OURS =
        ExtensionContext.Namespace.create(ArabicDigits.class);

    @Override
    public void beforeEach(ExtensionContext test) {
      test.getStore(OURS).put(Locale.class, Locale.getDefault());
      Locale.setDefault(LOCALE);
    }

    @Override
    public void afterEach(ExtensionContext test) {
      Locale.setDefault(test.getStore(OURS).get(Locale.class, Locale.class));
    }
  }
}
