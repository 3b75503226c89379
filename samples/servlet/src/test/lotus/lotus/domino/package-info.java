/** Signatures of Domino's classes, from HCL's help, as far as the guide's code uses them. */
package lotus.domino;
