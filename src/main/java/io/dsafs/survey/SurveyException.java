package io.dsafs.survey;

/** A survey that cannot be made; the message says why. */
public final class SurveyException extends Exception {
  private static final long serialVersionUID = 1L;

  SurveyException(String message) {
    super(message);
  }
}
