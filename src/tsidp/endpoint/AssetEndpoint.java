package tsidp.endpoint;

import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Html;
import tsidp.http.Request;

/// Serves one file of web/.
public record AssetEndpoint(String file, String mediaType) implements Endpoint<Anyone> {

    @Override
    public Answer answer(Request request, Anyone anyone) {
        return new Answer.Asset(mediaType, Html.file(file));
    }
}
