package io.dsafs.survey;

import java.nio.charset.StandardCharsets;

/**
 * What reading a file came to.
 *
 * @param bytes what it holds; empty after an error
 * @param error the name of the error, or null
 */
record Content(byte[] bytes, String error) {
  static Content of(byte[] bytes) {
    return new Content(bytes, null);
  }

  static Content failed(String error) {
    return new Content(new byte[0], error);
  }

  boolean failed() {
    return error != null;
  }

  /** The bytes as text; bytes that are no UTF-8 become U+FFFD. */
  String text() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
