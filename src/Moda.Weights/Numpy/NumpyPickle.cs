using Moda.Weights.Files;
using Moda.Weights.Torch;

namespace Moda.Weights.Numpy;

/// <summary>
/// Reads pickles of dictionaries, lists, numbers and numpy arrays as data. Only listed opcodes and names are accepted, and nothing is
/// executed.
/// </summary>
internal static class NumpyPickle
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>
    /// The pickled object: <see cref="NumpyArray"/> for numpy's arrays and scalars, otherwise the values of <see cref="PickleReader"/>.
    /// </returns>
    /// <exception cref="UnsupportedPickleException">The pickle has an opcode or a name that arrays do not need.</exception>
    /// <exception cref="CheckpointFormatException">The file is not a pickle, or is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static object? Read(string path)
    {
        using var file = new WeightFile(path);
        return PickleReader.Read(path, new PickleInput(file, 0, file.Length), new NumpyGlobals());
    }
}
