using Moda.Fuzz.Mutations;

namespace Moda.Fuzz;

/// <summary>A reader under trial: what it reads, how its files are damaged, and how it may refuse them.</summary>
internal interface IFuzzTarget
{
    /// <summary>Its name in reports.</summary>
    string Name { get; }

    /// <summary>The name that its files have.</summary>
    string FileName { get; }

    /// <summary>Writes what the reader needs beside the file.</summary>
    /// <param name="folder">Where the file will lie.</param>
    void Prepare(string folder)
    {
    }

    /// <summary>Files that the reader takes, or that were of interest once.</summary>
    IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Damages a file by its structure. One whose structure is lost already is damaged as bytes.</summary>
    /// <param name="random">All chance comes from here, so that a number stands for a file.</param>
    /// <param name="original">A seed, or a file that came from one.</param>
    byte[] Mutate(Random random, byte[] original);

    /// <summary>Makes a damaged file.</summary>
    sealed byte[] Make(Random random) => Mutate(random, random.Pick(Seeds));

    /// <summary>Reads a file as the engine does, with all that its header promises.</summary>
    /// <param name="path">The file.</param>
    void Read(string path);

    /// <summary>Whether an exception is one that the reader documents.</summary>
    bool IsRefusal(Exception exception);
}
