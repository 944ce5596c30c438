namespace Moda.Runtime.Options;

/// <summary>What lies beyond the edge of a picture, where a crop or a blend reaches over it.</summary>
internal enum BorderMode
{
    /// <summary>The picture's outermost pixels go on. The default: nothing dark is cut out with the face and pasted back.</summary>
    Replicate,

    /// <summary>Black, as in the reference.</summary>
    Black,
}
