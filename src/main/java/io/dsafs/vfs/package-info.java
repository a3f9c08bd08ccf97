/**
 * The exported tree: directories, attribute files, links and device nodes made from {@code core}
 * objects, and what opening, reading and writing them does.
 *
 * <p>Start with {@link io.dsafs.vfs.FileTree}. Kept out: FUSE and any knowledge of DSA.
 *
 * <p>Threads: lookups take no lock. A handle may be used by several threads at once.
 */
package io.dsafs.vfs;
