package io.dsafs.cli;

import picocli.CommandLine.IVersionProvider;

/** The program's version: the one that the jar was built as. */
public final class ProgramVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {text()};
  }

  /** One line, {@code dsafs VERSION}. */
  public static String text() {
    String version = ProgramVersion.class.getPackage().getImplementationVersion();
    return version == null ? "dsafs, not from a jar" : "dsafs " + version;
  }
}
