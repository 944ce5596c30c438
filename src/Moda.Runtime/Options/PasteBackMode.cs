namespace Moda.Runtime.Options;

/// <summary>How a rendered crop is put back into its image.</summary>
public enum PasteBackMode
{
    /// <summary>A square with soft edges, blended linearly. The default.</summary>
    Feather,

    /// <summary>The same square, blended band by band in a Laplacian pyramid: hides differences in brightness.</summary>
    Laplacian,

    /// <summary>Only the face, as segmented in the portrait and in the frame.</summary>
    FaceMask,

    /// <summary>Not at all: the crop is the frame.</summary>
    None,
}
