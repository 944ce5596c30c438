namespace Moda.Weights.Torch;

/// <summary>The names that a pickle may refer to. All other names are refused.</summary>
internal interface IPickleGlobals
{
    /// <summary>Looks a global name up.</summary>
    /// <returns>An object that represents the name; null when the name is not on the list.</returns>
    object? Find(string module, string name);

    /// <summary>Calls a callable (REDUCE, NEWOBJ).</summary>
    /// <exception cref="InvalidDataException">The object cannot be called, or the arguments do not occur in checkpoints.</exception>
    object? Call(object? callable, object?[] arguments, PickleBudget budget);

    /// <summary>Gives an object its state (BUILD).</summary>
    /// <exception cref="InvalidDataException">The object takes no such state.</exception>
    object? SetState(object? target, object? state);

    /// <summary>Resolves a persistent id: the storage of a tensor.</summary>
    /// <exception cref="InvalidDataException">The id does not name a storage.</exception>
    object? FindPersistent(object? id);
}

/// <summary>A value of a pickle that the weights do not depend on. It has no content: everything that the pickle stores in it is dropped.</summary>
/// <param name="Name">The value's Python type, as in <c>pathlib.PosixPath</c>.</param>
internal sealed record OpaqueValue(string Name);
