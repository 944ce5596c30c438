using Moda.Weights.Files;
using Moda.Weights.Torch;

namespace Moda.Weights.Numpy;

/// <summary>Pickles of dictionaries, lists, numbers and numpy arrays, read as data through closed lists; nothing of them is executed.</summary>
internal static class NumpyPickle
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>
    /// What it holds: <see cref="NumpyArray"/> for arrays and numpy's scalars, and the values of <see cref="PickleReader"/>.
    /// </returns>
    /// <exception cref="UnsupportedPickleException">It has an opcode or a name that arrays do not need.</exception>
    /// <exception cref="CheckpointFormatException">It is no pickle, or a damaged one.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static object? Read(string path)
    {
        using var file = new WeightFile(path);
        return PickleReader.Read(path, new PickleInput(file, 0, file.Length), new NumpyGlobals());
    }
}
