package io.dsafs.survey;

import io.dsafs.abi.Condition;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a tree says to the conditions of documents, as seen from a directory. */
record TreeFacts(MachineTree tree, String directory) implements Condition.Facts {
  private static final Pattern ADDRESS =
      Pattern.compile("[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]");

  @Override
  public Optional<String> read(String path) {
    return tree.line(path.startsWith("/") ? path : directory + "/" + path);
  }

  /** From the file {@code registers} that replicas have. */
  @Override
  public Optional<Long> register(String name) {
    Optional<String> function = function();
    if (function.isEmpty()) {
      return Optional.empty();
    }
    Content registers = tree.read("/sys/kernel/debug/dsafs/" + function.get() + "/registers");
    Matcher line =
        Pattern.compile("^" + name + " 0x[0-9a-f]+ 0x([0-9a-f]+)", Pattern.MULTILINE)
            .matcher(registers.text());
    return line.find() ? Optional.of(Long.parseUnsignedLong(line.group(1), 16)) : Optional.empty();
  }

  /** The address of the PCI function that the directory is part of. */
  Optional<String> function() {
    String last = null;
    Matcher matcher = ADDRESS.matcher(tree.real(directory).orElse(""));
    while (matcher.find()) {
      last = matcher.group();
    }
    return Optional.ofNullable(last);
  }
}
