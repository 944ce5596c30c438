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

    /// <summary>Makes a damaged file.</summary>
    /// <param name="random">All chance comes from here, so that a number stands for a file.</param>
    byte[] Make(Random random);

    /// <summary>Reads a file as the engine does, with all that its header promises.</summary>
    /// <param name="path">The file.</param>
    void Read(string path);

    /// <summary>Whether an exception is one that the reader documents.</summary>
    bool IsRefusal(Exception exception);
}
