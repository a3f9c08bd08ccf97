/**
 * Surveys of trees of files: a mounted replica, a copy of one, or {@code /} of a machine.
 *
 * <p>Start with {@link io.dsafs.survey.MachineTree} (a tree), then {@link
 * io.dsafs.survey.DocumentCheck} (is it as the documents say), {@link
 * io.dsafs.survey.BehaviourCheck} (does it behave as a list of checks says) and {@link
 * io.dsafs.survey.Recording} (what is in it, to be kept and compared). The checks are data: {@code
 * checks/*.checks} among the resources.
 *
 * <p>Kept out: the driver, of which only documents and files are known here, and how results are
 * written. One thread, but for {@link io.dsafs.survey.BehaviourCheck#abandon}.
 */
package io.dsafs.survey;
