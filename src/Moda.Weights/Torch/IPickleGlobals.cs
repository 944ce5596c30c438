namespace Moda.Weights.Torch;

/// <summary>What a pickle may refer to by name; everything else is refused.</summary>
internal interface IPickleGlobals
{
    /// <summary>Looks a global name up.</summary>
    /// <returns>Something to stand for it; null when the name is not on the list.</returns>
    object? Find(string module, string name);

    /// <summary>Calls a callable (REDUCE, NEWOBJ).</summary>
    /// <exception cref="InvalidDataException">It is no callable, or the arguments are not those that it has in checkpoints.</exception>
    object? Call(object? callable, object?[] arguments, PickleBudget budget);

    /// <summary>Gives an object its state (BUILD).</summary>
    /// <exception cref="InvalidDataException">The object takes no such state.</exception>
    object? SetState(object? target, object? state);

    /// <summary>Resolves a persistent id: the storage of a tensor.</summary>
    /// <exception cref="InvalidDataException">It is no storage.</exception>
    object? FindPersistent(object? id);
}

/// <summary>A value of a pickle that weights do not depend on: it is read past. Whatever is put into it is dropped.</summary>
/// <param name="Name">What it is in Python, as in <c>pathlib.PosixPath</c>.</param>
internal sealed record OpaqueValue(string Name);
