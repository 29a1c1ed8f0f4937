package tsidp.endpoint;

import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Html;
import tsidp.http.Request;

/// One file of web/.
public final class AssetEndpoint implements Endpoint<Anyone> {

    private final String file;
    private final String mediaType;

    /// The file of that name, as that media type.
    public AssetEndpoint(String file, String mediaType) {
        this.file = file;
        this.mediaType = mediaType;
    }

    @Override
    public Answer answer(Request request, Anyone anyone) {
        return new Answer.Asset(mediaType, Html.file(file));
    }
}
