package lotus.domino;

public interface Item {
}
