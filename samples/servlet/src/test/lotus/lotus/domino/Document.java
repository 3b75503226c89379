package lotus.domino;

import java.util.Vector;

public interface Document {
    String getItemValueString(String name) throws NotesException;

    @SuppressWarnings("rawtypes")
    Vector getItemValue(String name) throws NotesException;

    @SuppressWarnings("rawtypes")
    Vector getItemValueDateTimeArray(String name) throws NotesException;

    Item replaceItemValue(String name, Object value) throws NotesException;

    boolean save(boolean force, boolean response) throws NotesException;
}
