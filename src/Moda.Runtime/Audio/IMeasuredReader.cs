namespace Moda.Runtime.Audio;

/// <summary>A reader whose number of samples may be known before they are read, so that progress has a total from the start.</summary>
internal interface IMeasuredReader : ISampleReader
{
    /// <summary>How many samples there are from the reader's start to its end; null where that is not known.</summary>
    long? Length { get; }
}
