package io.dsafs.core;

import java.util.function.Supplier;

/**
 * A text file of debugfs, which is only read.
 *
 * @param path below the file system's root, such as {@code idxd/dsa0/event_log}
 * @param mode permission bits
 * @param text made at each reading
 */
public record DebugFile(String path, int mode, Supplier<String> text) {}
